"""The node's own settings: defaults < sameboat.toml < environment (SAMEBOAT_*)."""

from datetime import datetime
from typing import Any, Literal
from zoneinfo import ZoneInfo

from pydantic import Field, field_validator
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
)

from sameboat.lib.codes import normalise_code
from sameboat.lib.home import current_home


class _HomeFile(PydanticBaseSettingsSource):
    """sameboat.toml of the node that SAMEBOAT_HOME names."""

    def get_field_value(self, field: Any, field_name: str) -> tuple[Any, str, bool]:
        return None, field_name, False

    def __call__(self) -> dict[str, Any]:
        home = current_home()
        return home.read_settings() if home and home.settings_file.exists() else {}


class NodeSettings(BaseSettings):
    """What an operator may set.  Every field may be given as SAMEBOAT_<NAME> as well."""

    model_config = SettingsConfigDict(env_prefix="SAMEBOAT_", extra="forbid")

    place: str = Field("cn:000000", description="the home place this node speaks for")
    zone: str = Field("Asia/Shanghai", description="IANA zone of the home place")
    language: Literal["zh-Hans", "en"] = "zh-Hans"
    hosts: list[str] = Field(["localhost", "127.0.0.1", "[::1]"], description="names it answers to")
    database: str = Field("", description="postgresql://… ; empty: SQLite in the node's folder")
    demo: bool = Field(False, description="demo accounts, loopback only, said on every page")
    clock_starts_at: datetime | None = Field(
        None, description="demo only: what time the replay takes it to be …"
    )
    clock_set_at: datetime | None = Field(None, description="… at this moment of the real clock")
    https: bool = Field(False, description="served behind TLS: cookies are secure only")
    tls: bool = Field(False, description="serves https itself, with keys/tls.crt (serve --tls)")
    trusted_proxies: int = Field(
        0, ge=0, le=9, description="proxies in front that append to X-Forwarded-For"
    )

    log_passphrase: str = Field(
        "", repr=False, description="opens the log's key; better given as SAMEBOAT_LOG_PASSPHRASE"
    )
    log_passphrase_file: str = Field("", description="a file that holds it, 0600, instead")
    policy: str = Field(
        "",
        description="a file that says whose cosignatures of our log are enough (C2SP tlog-policy)",
    )

    @field_validator("zone")
    @classmethod
    def _zone_exists(cls, zone: str) -> str:
        try:
            ZoneInfo(zone)
        except Exception:  # zoneinfo raises several kinds for text that is no zone
            raise ValueError(f"{zone} is no IANA time zone such as Asia/Shanghai") from None
        return zone

    @field_validator("hosts")
    @classmethod
    def _hosts_are_names(cls, hosts: list[str]) -> list[str]:
        # A wildcard would let whoever chooses the Host header choose where links lead.
        if not hosts or any(not host.strip(".") or "*" in host for host in hosts):
            raise ValueError(
                'name each host the node answers to, such as "node.example"; '
                f"{', '.join(hosts) or 'nothing'} names none"
            )
        return hosts

    @field_validator("place")
    @classmethod
    def _place_is_a_code(cls, place: str) -> str:
        return normalise_code(place)

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Return the sources, strongest first."""
        return init_settings, env_settings, _HomeFile(settings_cls)
