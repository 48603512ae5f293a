"""The benchmark: the same data served five ways in one interleaved run; `make bench` writes docs/benchmarks.md."""
