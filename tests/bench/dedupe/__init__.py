"""How well, and at what price, clips of the same footage are recognised, next to published tools.

    python -m tests.bench.dedupe SET_DIR [--peers] [--by-source] [--held-out] [--goals N] [--every N]
    python -m tests.bench.dedupe SET_DIR --make

A set is a folder with `items.csv` (file, segment, source, transform, …), `pairs.csv` (a, b, label, cls,
transform) and the clips; label 1 is the same footage, 0 distinct, 2 not scored. `--make` draws one.

The peers are no dependency of footyd: `pip install . vpdq videohash` into another environment (vpdq is built
against FFmpeg's headers, videohash runs ffmpeg) and run the benchmark there; a peer that cannot be imported
is left out and named.
"""
