"""The benchmark: the same data served eight ways in one interleaved run; `make bench` writes docs/benchmarks.md."""
