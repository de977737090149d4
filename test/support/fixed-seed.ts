/**
 * Property tests draw the same cases in every run, so that a red build is always about the change.
 * New cases: PLIMSOLL_FUZZ_SEED=$RANDOM npm test.
 */
import fc from "fast-check";

fc.configureGlobal({ seed: Number(process.env["PLIMSOLL_FUZZ_SEED"] ?? 20261121) });
