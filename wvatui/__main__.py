"""`python -m wvatui` is the same program as `wvatui`."""

from wvatui.cli import main

if __name__ == "__main__":
    main()
