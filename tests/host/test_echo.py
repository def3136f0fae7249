"""Keys typed while the program begins are not printed, and the terminal is left as it was."""

import os
import pty
import termios

from wvatui.host import echo


def test_the_echo_is_off_until_it_is_taken_back() -> None:
    master, slave = pty.openpty()
    try:
        before = termios.tcgetattr(slave)
        echo.off(slave)
        echo.off(slave)
        assert not termios.tcgetattr(slave)[3] & termios.ECHO
        assert echo.attributes(slave) == before
        echo.on()
        echo.on()
        assert termios.tcgetattr(slave) == before
    finally:
        echo.on()
        os.close(master)
        os.close(slave)


def test_where_there_is_no_terminal_nothing_is_switched() -> None:
    reading, writing = os.pipe()
    try:
        echo.off(reading)
        assert echo.attributes(reading) is None
        echo.on()
    finally:
        os.close(reading)
        os.close(writing)
