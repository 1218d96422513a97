"""The `voice122` program: its commands, and how its errors look."""

from __future__ import annotations

import ast
import importlib
import importlib.util
import logging
import sys
from pathlib import Path

import click
from pydantic import ValidationError

from routing.masking import MaskNumbers
from voice122 import __version__

COMMANDS = {
    "asr": "voice122.cli.speech",
    "call": "voice122.cli.calls",
    "chat": "voice122.cli.calls",
    "content": "voice122.cli.content",
    "forget": "voice122.cli.forget",
    "handovers": "voice122.cli.calls",
    "hours": "voice122.cli.hours",
    "keys": "voice122.cli.keys",
    "models": "voice122.cli.weights",
    "nlu": "voice122.cli.nlu",
    "report": "voice122.cli.report",
    "requests": "voice122.cli.requests",
    "say": "voice122.cli.speech",
    "serve": "voice122.cli.service",
    "train": "voice122.cli.train",
}
"""Command -> its module, which is imported only when the command is used: engines are heavy."""

ROOM_ERRORS = (
    "asr.errors.AsrError",
    "dialog.errors.DialogError",
    "models.errors.ModelsError",
    "models.worker.WorkerError",
    "routing.errors.RoutingError",
    "telephony.errors.TelephonyError",
    "tts.errors.TtsError",
)
"""Bases of the errors whose message is meant for the user."""

EXIT_ERROR = 2


class _Commands(click.Group):
    """A group whose commands are imported when they are asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        module = COMMANDS.get(cmd_name)
        if module is None:
            return None
        command = getattr(importlib.import_module(module), cmd_name)
        assert isinstance(command, click.Command)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The list of commands, without importing them: `--help` answers at once."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, _summary(name)) for name in self.list_commands(ctx)])


def _summary(command: str) -> str:
    """First line of the command's docstring, read from its module's source."""
    spec = importlib.util.find_spec(COMMANDS[command])
    assert spec is not None and spec.origin is not None
    for node in ast.parse(Path(spec.origin).read_text("utf-8")).body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name == command:
            return (ast.get_docstring(node) or "").split("\n", 1)[0]
    return ""


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="voice122")
@click.option("-v", "--verbose", is_flag=True, help="Log what happens inside, to stderr.")
def cli(verbose: bool) -> None:
    """Telephone assistant for a region's help line 122."""
    logging.basicConfig(
        level=logging.INFO if verbose else logging.ERROR,
        format="%(asctime)s %(levelname)s %(name)s %(message)s",
    )
    for handler in logging.getLogger().handlers:
        handler.addFilter(MaskNumbers())


def main() -> None:
    """Run the command line and leave with its exit code."""
    try:
        code = cli.main(standalone_mode=False)
    except click.exceptions.Exit as leaving:
        code = leaving.exit_code
    except click.Abort:
        code = _fail("interrupted")
    except click.UsageError as error:
        command = error.ctx.command_path if error.ctx is not None else "voice122"
        code = _fail(f"{error.format_message()} See: {command} --help")
    except click.ClickException as error:
        code = _fail(error.format_message())
    except ValidationError as error:
        first = error.errors()[0]
        name = "_".join(str(part) for part in first["loc"])
        code = _fail(f"setting VOICE122_{name.upper()}: {first['msg']}")
    except BrokenPipeError:  # `voice122 ... | head`
        sys.stderr.close()
        code = 0
    except Exception as error:
        if not _is_expected(error):
            raise
        code = _fail(str(error))
    sys.exit(code if isinstance(code, int) else 0)


def _is_expected(error: Exception) -> bool:
    names = {f"{kind.__module__}.{kind.__qualname__}" for kind in type(error).__mro__}
    return not names.isdisjoint(ROOM_ERRORS)


def _fail(message: str) -> int:
    print(f"error: {' '.join(message.split())}", file=sys.stderr)
    return EXIT_ERROR
