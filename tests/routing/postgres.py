"""A PostgreSQL server of a test's own, in a directory of its own, reached by a socket only."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import psycopg


def find_server() -> Path | None:
    """The directory of PostgreSQL's programs, the newest version first; None if there is none."""
    versions = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda p: int(p.parent.name))
    for folder in [*reversed(versions), *map(Path, os.get_exec_path())]:
        if (folder / "initdb").is_file() and (folder / "pg_ctl").is_file():
            return folder
    return None


class Postgres:
    """A server. PostgreSQL refuses to run as root: then it runs as the user ``postgres``."""

    def __init__(self, programs: Path, *, durable: bool = False) -> None:
        self._programs = programs
        self._user = "postgres" if os.geteuid() == 0 else None
        self.owner = self._user or pwd.getpwuid(os.geteuid()).pw_name
        # The path of a socket may have 107 characters only.
        self._folder = Path(tempfile.mkdtemp(prefix="voice122-pg-", dir="/tmp"))
        if self._user is not None:
            shutil.chown(self._folder, self._user)
        options = ["-A", "trust", "-U", self.owner, "-E", "UTF8", "--locale=C.UTF-8"]
        self._run("initdb", "-D", str(self._data), *options, *([] if durable else ["-N"]))
        self._options = f"-c listen_addresses='' -c unix_socket_directories='{self._folder}'"
        if not durable:
            self._options += " -c fsync=off -c synchronous_commit=off -c full_page_writes=off"
        self.start()
        self._count = 0

    @property
    def _data(self) -> Path:
        return self._folder / "data"

    def start(self) -> None:
        """Start it and wait until it answers."""
        log = str(self._folder / "log")
        self._run("pg_ctl", "-D", str(self._data), "-w", "-l", log, "-o", self._options, "start")

    def stop(self, mode: str = "fast") -> None:
        """Stop it: ``fast`` ends sessions, ``immediate`` is a crash."""
        self._run("pg_ctl", "-D", str(self._data), "-w", "-m", mode, "stop")

    @contextmanager
    def hanging(self) -> Iterator[None]:
        """Stop all its processes for a while: it takes what is sent and does not answer."""
        father = int((self._data / "postmaster.pid").read_text().split()[0])
        os.kill(father, signal.SIGSTOP)  # first, for it would start others
        children = Path(f"/proc/{father}/task/{father}/children").read_text().split()
        processes = [father, *map(int, children)]
        for process in processes:
            os.kill(process, signal.SIGSTOP)
        try:
            yield
        finally:
            for process in processes:
                os.kill(process, signal.SIGCONT)

    def new_database(self) -> str:
        """URL of an empty database."""
        self._count += 1
        name = f"t{self._count}"
        with psycopg.connect(
            host=str(self._folder), user=self.owner, dbname="postgres", autocommit=True
        ) as connection:
            connection.execute(f"CREATE DATABASE {name}".encode())
        return f"postgresql://{self.owner}@/{name}?host={self._folder}"

    def close(self) -> None:
        """Stop it and remove its files."""
        try:
            self.stop("immediate")
        finally:
            shutil.rmtree(self._folder, ignore_errors=True)

    def _run(self, program: str, *arguments: str) -> None:
        command: Sequence[str] = [str(self._programs / program), *arguments]
        subprocess.run(
            command,
            check=True,
            user=self._user,
            group=self._user,
            extra_groups=None if self._user is None else [],
            cwd=self._folder,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            env={"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8"},
        )
