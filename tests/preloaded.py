"""`python -c CODE` in a process that begins with the large libraries imported, which is most of a short run's time.

A server imports them, none of them genoscore's own, and forks for every program. Its client is a bare Python that hands
over its standard streams, folder, environment and arguments, and ends as the program ends: the program itself imports
genoscore, reads its environment and writes to its own streams as in a new Python. Not for tests of what is imported, of
signals that a program handles, of limits, or of streams that are closed.
"""

from __future__ import annotations

import array
import gc
import json
import os
import select
import signal
import socket
import sys

_LIBRARIES = (
    "h5py", "platformdirs", "pyarrow.parquet", "pydantic.type_adapter", "pydantic.types", "pyfaidx", "pysam",
    "rich.progress", "rich.table", "safetensors.torch", "tomllib", "torch", "typer", "zoneinfo",
)  # fmt: skip
_PIECE = 1 << 16
_servers: dict[int, tuple[str, object]] = {}  # by process: its socket, and the server, which ends with its input


def command(code: str) -> list[str]:
    """What runs `python -c code`; arguments may follow. The first call in a process starts its server."""
    import atexit
    import shutil
    import subprocess
    import tempfile

    if sys.platform != "linux":
        return [sys.executable, "-c", code]
    if os.getpid() not in _servers:
        folder = tempfile.mkdtemp(prefix="genoscore-tests-")
        atexit.register(shutil.rmtree, folder, ignore_errors=True)
        path = os.path.join(folder, "socket")
        server = subprocess.Popen([sys.executable, __file__, path], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        assert server.stdout is not None
        assert server.stdout.readline() == b"listening\n"
        _servers[os.getpid()] = path, server
    return [sys.executable, "-IS", __file__, _servers[os.getpid()][0], code]


def _call(path: str, code: str, arguments: list[str]) -> None:
    """The client."""
    request = {"code": code, "arguments": arguments, "folder": os.getcwd(), "environment": dict(os.environ)}
    connection = socket.socket(socket.AF_UNIX)
    connection.connect(path)
    text = json.dumps(request).encode() + b"\n"
    sent = connection.sendmsg([text], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", [0, 1, 2]))])
    connection.sendall(text[sent:])
    for stream in (0, 1):  # only the program holds its pipes
        os.close(stream)
    status = int(connection.recv(_PIECE))
    if status < 0:
        os.kill(os.getpid(), -status)
    os._exit(status)


def _serve(path: str) -> str:
    """Accept clients until standard input ends. Returns, in a process for each, with the code that is to be run."""
    import atexit

    listener = socket.socket(socket.AF_UNIX)
    listener.bind(path)
    listener.listen(64)
    print("listening", flush=True)
    atexit.register(_leave)
    for name in _LIBRARIES:
        __import__(name)
    gc.freeze()  # a program's collections pass over what lies there by now
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    while listener in select.select([listener, sys.stdin], [], [])[0]:
        connection, _ = listener.accept()
        if not os.fork():
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            listener.close()
            return _become(connection)
        connection.close()
    os._exit(0)


def _become(connection: socket.socket) -> str:
    """Take over what the client hands over. Another process stays behind, to say how this one ended."""
    text, streams = _receive(connection)
    if pid := os.fork():
        for stream in (0, 1, 2, *streams):
            os.close(stream)
        if connection in select.select([connection, os.pidfd_open(pid)], [], [])[0]:  # the client was killed
            os.kill(pid, signal.SIGKILL)
        status = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
        connection.sendall(str(status).encode())
        os._exit(0)
    connection.close()
    for number, stream in enumerate(streams):
        os.dup2(stream, number)
        os.close(stream)
    request = json.loads(text)
    inherited = [os.path.dirname(__file__), *_python_path()]
    os.chdir(request["folder"])
    os.environ.clear()
    os.environ.update(request["environment"])
    sys.path[:] = ["", *_python_path(), *(one for one in sys.path if one not in inherited)]
    sys.argv[:] = ["-c", *request["arguments"]]
    return str(request["code"])


def _receive(connection: socket.socket) -> tuple[bytes, list[int]]:
    space = socket.CMSG_LEN(3 * array.array("i").itemsize)
    text, ((_, _, sent),), *_ = connection.recvmsg(_PIECE, space)
    while not text.endswith(b"\n"):
        text += connection.recv(_PIECE)
    return text, list(array.array("i", sent))


def _python_path() -> list[str]:
    return [one for one in os.environ.get("PYTHONPATH", "").split(os.pathsep) if one]


_status = 0


def _run(code: str) -> None:
    global _status
    try:
        exec(code, {"__name__": "__main__"})
    except BaseException as error:
        _status = error.code or 0 if isinstance(error, SystemExit) else 1
        raise


def _leave() -> None:
    """The last thing at exit, without the half second in which Python takes a thousand modules apart."""
    if isinstance(_status, int):
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(_status)


if __name__ == "__main__":
    if len(sys.argv) > 2:
        _call(sys.argv[1], sys.argv[2], sys.argv[3:])
    _run(_serve(sys.argv[1]))
