"""Settings: `VOICE122_*` in the environment, or `voice122.toml` in the working directory."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import Field, IPvAnyNetwork, SecretStr
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

_ROOT = Path(__file__).resolve().parent.parent


class Settings(BaseSettings):
    """Every setting with its unit and default."""

    model_config = SettingsConfigDict(
        env_prefix="VOICE122_", toml_file="voice122.toml", extra="forbid", frozen=True
    )

    data_dir: Path = _ROOT / "var"
    """Where models, the prompt cache and the store are kept. Needs about 1 GB."""
    content_dir: Path = _ROOT / "nlu_data"
    """What editors own."""
    content_poll_s: float = Field(default=5.0, ge=0)
    """How often the content is looked at for changes, to take them without a restart (s); 0:
    never."""
    models_source_dir: Path | None = None
    """A directory with model files, tried before every other source (air-gapped sites)."""

    database_url: SecretStr | None = None
    """PostgreSQL where several processes share one queue: ``postgresql://user@host/name``. Where
    not set, the store is a SQLite file in the data directory."""
    data_key: SecretStr | None = None
    """Key for personal data at rest: 32 bytes in base64 (``openssl rand -base64 32``). To change
    it, put the new one in front, with a comma. Where not set, personal data are not encrypted."""

    keep_transcripts_days: int = Field(default=30, ge=1)
    """How long what was said in a call is kept (days)."""
    keep_numbers_days: int = Field(default=90, ge=1)
    """The same for callers' telephone numbers (days)."""
    keep_briefs_days: int = Field(default=90, ge=1)
    """The same for what operators read of a call, after its end (days)."""
    record_calls: bool = False
    """Whether calls are recorded; the greeting then says so. Needs a decision of the region."""
    keep_recordings_days: int = Field(default=14, ge=1)
    """How long a recording is kept (days), and never longer than what was said in the call."""
    keep_requests_days: int = Field(default=365, ge=1)
    """The same for what callers asked for, once it is filed or refused (days)."""
    keep_comments_days: int = Field(default=1095, ge=1)
    """How long reviewers' comments on operators are kept (days); the marks stay."""
    keep_names_days: int = Field(default=365, ge=1)
    """How long the name of a disabled operator is kept after its last work (days)."""
    keep_events_days: int = Field(default=1095, ge=1)
    """How long events of the queue are kept (days); nothing personal is in them."""

    asr: str = "auto"
    """Recognizer: a name of `voice122 models list`, or ``auto`` for the best that is present."""
    vad: Literal["webrtc", "silero"] = "webrtc"
    """Voice activity detection: ``webrtc``, or ``silero`` (recommended in noise)."""
    tts: Literal["auto", "silero", "rhvoice"] = "auto"
    """Synthesizer, or ``auto`` for the best that is present."""
    voice: str | None = None
    """Voice of the synthesizer; its default where not set."""
    allow_restricted_voices: bool = False
    """Whether voices may be used whose licence forbids commercial use."""

    asr_timeout_s: float = Field(default=8.0, gt=0)
    """After this time without an answer the recognizer is restarted (s)."""
    asr_workers: int | None = Field(default=None, ge=1, le=64)
    """Recognizers at work side by side, each with its model in memory; where not set, of
    Whisper two on two cores and one more for every two others, up to eight; of other models one."""
    tts_timeout_s: float = Field(default=5.0, gt=0)
    """The same for the synthesizer, for each chunk (s)."""
    nlu_timeout_s: float = Field(default=3.0, gt=0)
    """The same for the interpreter (s)."""

    nlu: Literal["embedded", "rasa"] = "embedded"
    """Interpreter: ``embedded``, or ``rasa`` where Rasa is served beside (docs/rasa.md)."""
    rasa_url: str = Field(
        default="http://127.0.0.1:5005", pattern=r"^http://(127\.0\.0\.1|localhost|\[::1\]):\d+$"
    )
    """Where Rasa answers. On this machine only: it has no access control and no more fixes."""
    rasa_timeout_s: float = Field(default=0.5, gt=0)
    """After this time without an answer by Rasa the embedded interpreter answers (s)."""
    rasa_model: str | None = None
    """File name of the model that Rasa must have loaded; where not set, that trained last."""

    no_input_s: float = Field(default=6.0, gt=0)
    """Silence after a question until the caller is asked again (s)."""

    audiosocket_host: str = "127.0.0.1"
    """Address on which Asterisk's AudioSocket is awaited. It knows no passwords: never the
    internet."""
    audiosocket_port: int | None = Field(default=8123, gt=0, lt=65536)
    """Port of the AudioSocket; None: no such edge."""
    max_calls: int | None = Field(default=None, ge=0)
    """Calls served by speech at once; where not set, it is measured at start."""
    keypad_calls: int = Field(default=10, ge=0)
    """So many more are served by the keypad alone; all others go to `overload_queue`."""
    overload_queue: str = Field(default="general", pattern=r"^[a-z0-9_-]{1,64}$")
    """Operator queue for calls that cannot be served here."""
    drain_limit_s: float = Field(default=600.0, ge=0)
    """When the service is stopped, calls may go on for so long (s)."""
    journal_days: int = Field(default=90, ge=1)
    """How long the journal of calls (times, no words) is kept (days)."""
    edge_trust_loopback: bool = True
    """Whether the PBX needs no key on this machine. Switch it off behind a proxy that does not
    tell the client's address."""

    otlp_endpoint: str | None = Field(default=None, pattern=r"^https?://")
    """Where a trace of every turn is sent, for example ``http://127.0.0.1:4318/v1/traces``; None:
    nowhere. Traces hold times and call ids, no words and no numbers."""

    host: str = "127.0.0.1"
    """Address of the HTTP service; the default is reached from this machine only."""
    port: int = Field(default=8122, gt=0, lt=65536)
    """Port of the HTTP service."""
    api_key: SecretStr | None = None
    """Works as an admin's key of the HTTP API, to make others; so does `voice122 keys create`."""
    webhook_networks: tuple[IPvAnyNetwork, ...] = ()
    """Private networks in which webhooks may have their targets: ``["10.0.0.0/8"]``."""
    audit_days: int = Field(default=365, ge=1)
    """How long the audit log is kept (days)."""

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """The environment goes before the file."""
        return init_settings, env_settings, TomlConfigSettingsSource(settings_cls)

    def for_one_call(self) -> Settings:
        """The same where nobody else calls: a second recognizer would only be loaded."""
        return self.model_copy(update={"asr_workers": 1})

    @property
    def models_dir(self) -> Path:
        """Weights, one directory a model."""
        return self.data_dir / "models"

    @property
    def cache_dir(self) -> Path:
        """What can be made again: spoken prompts, embeddings."""
        return self.data_dir / "cache"

    @property
    def recordings_dir(self) -> Path:
        """Recordings of calls."""
        return self.data_dir / "recordings"

    @property
    def journal_dir(self) -> Path:
        """What happened in calls, a file a day."""
        return self.data_dir / "journal"

    @property
    def rasa_dir(self) -> Path:
        """Rasa's models and the name of the last."""
        return self.data_dir / "rasa"

    @property
    def nlu_model(self) -> Path:
        """The trained interpreter."""
        return self.data_dir / "nlu"

    @property
    def phrases(self) -> Path:
        """What callers may say, for the recognizer: written with the trained interpreter."""
        return self.data_dir / "phrases.txt"
