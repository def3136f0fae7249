"""What carries every view: the session listened to, redraws, the promise that ctrl+c leaves."""
