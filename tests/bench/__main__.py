"""Measures every line and prints it; a slow machine fails nothing."""

from tests.bench import poll

LINES = (poll.line,)


def main() -> None:
    """One line after the other, so that none measures another's load."""
    measured = [measure() for measure in LINES]
    print(f"{'':44} {'ours':>8} {'beside':>8} {'ratio':>6} {'target':>6}")
    for line in measured:
        print(f"{line.name:44} {line.ours:6.0f}/s {line.beside:6.0f}/s {line.ratio:6.2f} {line.target:6.2f}")


if __name__ == "__main__":
    main()
