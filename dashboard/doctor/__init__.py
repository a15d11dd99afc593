"""What this machine has and lacks, each with the mend: `finishline doctor`.

Probes look (`isolated`, `disk`, `clocks`, `cameras`), judgements decide and do no I/O; each check
in `machine`, `video`, `computing`, `nvidia` and `race_checks` joins the two to `findings.Finding`s.
"""
