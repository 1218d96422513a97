"""The `voice122` program: its commands, and how its errors look."""

from __future__ import annotations

import logging
import sys

import click
from pydantic import ValidationError

from asr.errors import AsrError
from dialog.errors import DialogError
from models.errors import ModelsError
from models.worker import WorkerError
from routing.errors import RoutingError
from telephony.errors import TelephonyError
from tts.errors import TtsError
from voice122 import __version__
from voice122.cli.calls import call, chat, handovers
from voice122.cli.content import content
from voice122.cli.nlu import nlu, train
from voice122.cli.service import serve
from voice122.cli.speech import asr, say
from voice122.cli.weights import models

EXPECTED = (
    AsrError,
    DialogError,
    ModelsError,
    RoutingError,
    TelephonyError,
    TtsError,
    WorkerError,
)
"""Errors whose message is meant for the user."""

EXIT_ERROR = 2


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="voice122")
@click.option("-v", "--verbose", is_flag=True, help="Log what happens inside, to stderr.")
def cli(verbose: bool) -> None:
    """Telephone assistant for a region's help line 122."""
    logging.basicConfig(
        level=logging.INFO if verbose else logging.ERROR,
        format="%(asctime)s %(levelname)s %(name)s %(message)s",
    )


for command in (models, content, asr, say, train, nlu, chat, call, handovers, serve):
    cli.add_command(command)


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
    except EXPECTED as error:
        code = _fail(str(error))
    except BrokenPipeError:  # `voice122 ... | head`
        sys.stderr.close()
        code = 0
    sys.exit(code if isinstance(code, int) else 0)


def _fail(message: str) -> int:
    print(f"error: {' '.join(message.split())}", file=sys.stderr)
    return EXIT_ERROR
