"""Archives that come from outside write only where they may."""

from __future__ import annotations

import io
import tarfile
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from models.archive import unpack
from models.errors import SourceFailed
from tests.models.support import payload, tar_bz2

Make = Callable[[Path], None]


def tar(*members: tarfile.TarInfo, mode: str = "w") -> Make:
    def make(path: Path) -> None:
        with tarfile.open(path, mode) as bundle:  # type: ignore[call-overload]  # mode is a str here
            for member in members:
                bundle.addfile(member, io.BytesIO(b"x" * member.size))

    return make


def member(
    name: str, kind: bytes = tarfile.REGTYPE, link: str = "", size: int = 1
) -> tarfile.TarInfo:
    info = tarfile.TarInfo(name)
    info.type, info.linkname = kind, link
    info.size = size if kind == tarfile.REGTYPE else 0
    return info


def zipped(*names: str, mode: int = 0o100644, content: bytes = b"x") -> Make:
    def make(path: Path) -> None:
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as bundle:
            for name in names:
                info = zipfile.ZipInfo(name)
                info.external_attr = mode << 16
                info.compress_type = zipfile.ZIP_DEFLATED
                bundle.writestr(info, content)

    return make


@pytest.fixture
def target(tmp_path: Path) -> Path:
    folder = tmp_path / "room" / "target"
    folder.mkdir(parents=True)
    return folder


def outside(target: Path) -> list[str]:
    """Names of what lies beside the target, where nothing may be written."""
    beside = [*target.parent.iterdir(), *target.parent.parent.iterdir()]
    return sorted({path.name for path in beside} - {"target", "room", "a"})


@pytest.mark.parametrize("mode", ["w", "w:gz", "w:bz2", "w:xz"])
def test_what_lies_under_the_root_is_unpacked(tmp_path: Path, target: Path, mode: str) -> None:
    members = [member("m/conf/a"), member("m", tarfile.DIRTYPE), member("other/b")]
    tar(*members, mode=mode)(tmp_path / "a")
    counted: list[int] = []
    unpack(tmp_path / "a", target, "m", most_bytes=10, advance=counted.append)
    assert [str(p.relative_to(target)) for p in sorted(target.rglob("*"))] == ["conf", "conf/a"]
    assert sum(counted) == 1


def test_a_zip_is_recognized_by_its_content(tmp_path: Path, target: Path) -> None:
    zipped("m/", "m/a", "m/conf/b")(tmp_path / "a")
    unpack(tmp_path / "a", target, "m", most_bytes=10)
    assert (target / "conf/b").read_bytes() == b"x"


@pytest.mark.parametrize(
    ("make", "complaint"),
    [
        (tar(member("m/../../evil")), "leads outside"),
        (tar(member("/m/evil")), "leads outside"),
        (tar(member("m/a"), member("../evil")), "leads outside"),
        (tar(member("m/../../evil", tarfile.DIRTYPE)), "leads outside"),
        (tar(member("m/l", tarfile.SYMTYPE, "/etc")), "link or device"),
        (tar(member("m/l", tarfile.SYMTYPE, ".."), member("m/l/evil")), "link or device"),
        (tar(member("m/l", tarfile.LNKTYPE, "/etc/passwd")), "link or device"),
        (tar(member("m/d", tarfile.CHRTYPE)), "link or device"),
        (tar(member("m/d", tarfile.FIFOTYPE)), "link or device"),
        (tar(member("m/a"), member("m/a")), "twice"),
        (tar(member("m/a"), member("m/a/b")), "a file and a folder of the same name"),
        (tar(member("m/a", size=11)), "unpacks to more than 10 bytes"),
        (tar(*(member(f"m/{n}", size=0) for n in range(5001))), "more than 5000 files"),
        (tar(member("n/a")), "nothing under m/"),
        (zipped("m/../../evil"), "leads outside"),
        (zipped("/m/evil"), "leads outside"),
        (zipped("m\\..\\..\\evil"), "leads outside"),
        (zipped("m/l", mode=0o120777, content=b"/etc"), "link or device"),
        (zipped("m/bomb", content=b"\0" * 10_000_000), "unpacks to more than 10 bytes"),
    ],
)
def test_a_harmful_archive_is_refused_whole(
    tmp_path: Path, target: Path, make: Make, complaint: str
) -> None:
    make(tmp_path / "a")
    with pytest.raises(SourceFailed, match=complaint):
        unpack(tmp_path / "a", target, "m", most_bytes=10)
    assert outside(target) == []
    assert not any(path.is_symlink() for path in target.rglob("*"))


@pytest.mark.parametrize("kind", ["zip", "bz2"])
@pytest.mark.parametrize("cut", [0, 3, 100, 30_000, -4_000])
def test_a_broken_archive_is_the_sources_fault(
    tmp_path: Path, target: Path, kind: str, cut: int
) -> None:
    content = payload(60_000)
    if kind == "zip":
        zipped("m/a", content=content)(tmp_path / "a")
    else:
        (tmp_path / "a").write_bytes(tar_bz2({"m/a": content}))
    whole = (tmp_path / "a").read_bytes()
    (tmp_path / "a").write_bytes(whole[:cut])
    with pytest.raises(SourceFailed, match=r"the archive is broken: ."):
        unpack(tmp_path / "a", target, "m", most_bytes=100_000)


@pytest.mark.parametrize("at", range(20, 40_000, 7_919))
@pytest.mark.parametrize("kind", ["zip", "bz2"])
def test_a_flipped_bit_is_noticed_where_the_format_can(
    tmp_path: Path, target: Path, kind: str, at: int
) -> None:
    content = payload(60_000)
    if kind == "zip":
        zipped("m/a", content=content)(tmp_path / "a")
    else:
        (tmp_path / "a").write_bytes(tar_bz2({"m/a": content}))
    damaged = bytearray((tmp_path / "a").read_bytes())
    damaged[at] ^= 0x10
    (tmp_path / "a").write_bytes(damaged)
    try:
        unpack(tmp_path / "a", target, "m", most_bytes=100_000)
    except SourceFailed:
        return
    assert (target / "a").read_bytes() == content  # the bit was in a field that does not matter


def test_an_encrypted_zip_is_refused(tmp_path: Path, target: Path) -> None:
    zipped("m/a")(tmp_path / "a")
    raw = bytearray((tmp_path / "a").read_bytes())
    raw[6] |= 1  # general purpose flag: encrypted, in the local and the central header
    raw[raw.index(b"PK\x01\x02") + 8] |= 1
    (tmp_path / "a").write_bytes(raw)
    with pytest.raises(SourceFailed, match=r"broken: .*encrypted"):
        unpack(tmp_path / "a", target, "m", most_bytes=10)
