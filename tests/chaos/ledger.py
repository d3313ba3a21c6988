"""What a tab said of its jobs and has not been acknowledged, as the userscript keeps it (`parts/ledger.js`)."""

from dataclasses import dataclass, field

from arenabridge.wire.link import messages as m

LIMIT_CHARACTERS = 4 * 2**20

Said = m.Start | m.Head | m.Chunk | m.End | m.Failed


@dataclass(slots=True)
class _Kept:
    epoch: int
    first: int
    said: list[Said] = field(default_factory=list)


@dataclass(slots=True)
class Ledger:
    """It outlives the connection: the next one begins with what the gateway has not heard."""

    _kept: dict[m.JobId, _Kept] = field(default_factory=dict)
    characters: int = 0

    def __len__(self) -> int:
        return len(self._kept)

    @property
    def is_full(self) -> bool:
        return self.characters > LIMIT_CHARACTERS

    def keep(self, said: Said) -> None:
        entry = self._kept.get(said.job)
        if entry is None or entry.epoch != said.epoch:
            self.drop(said.job)
            entry = self._kept[said.job] = _Kept(said.epoch, said.seq)
        entry.said.append(said)
        self.characters += _size(said)

    def acknowledge(self, job: m.JobId, epoch: int, seq: int) -> None:
        """All below `seq` has arrived."""
        entry = self._kept.get(job)
        if entry is None or entry.epoch != epoch:
            return
        arrived = min(max(seq - entry.first, 0), len(entry.said))
        self.characters -= sum(map(_size, entry.said[:arrived]))
        del entry.said[:arrived]
        entry.first += arrived
        if not entry.said:
            del self._kept[job]

    def drop(self, job: m.JobId) -> None:
        entry = self._kept.pop(job, None)
        self.characters -= sum(map(_size, entry.said)) if entry else 0

    def said_of(self, job: m.JobId) -> list[Said]:
        entry = self._kept.get(job)
        return list(entry.said) if entry else []

    def epochs(self) -> dict[m.JobId, int]:
        return {job: entry.epoch for job, entry in self._kept.items()}


def _size(said: Said) -> int:
    return len(said.text) if isinstance(said, m.Chunk) else 0
