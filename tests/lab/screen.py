#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
# screen.py: runs a command on a terminal (a pty) and prints to standard output what it writes there.
#
#   screen.py [--frames] COLUMNS COMMAND...    a terminal of COLUMNS columns and 50 lines
#
# --frames: for a display that is drawn anew after ESC [ J: a line for each drawing, up to the next escape sequence,
# without carriage returns and with "|" for each newline.
import fcntl
import os
import pty
import struct
import sys
import termios


def main(args):
    frames = args[0] == "--frames"
    columns, command = int(args[frames]), args[frames + 1 :]
    pid, fd = pty.fork()
    if pid == 0:
        fcntl.ioctl(1, termios.TIOCSWINSZ, struct.pack("HHHH", 50, columns, 0, 0))
        os.execv(command[0], command)
    out = b""
    while True:
        try:
            piece = os.read(fd, 65536)
        except OSError:  # EIO: the command has closed the terminal
            break
        if not piece:
            break
        out += piece
    os.waitpid(pid, 0)
    if not frames:
        sys.stdout.buffer.write(out)
        return
    for frame in out.decode().replace("\r", "").split("\033[J"):
        print(frame.split("\033[")[0].replace("\n", "|"))


main(sys.argv[1:])
