/** The machine and program that measure, for the run's header. */
import {
  arch,
  availableParallelism,
  cpus,
  hostname,
  release,
  totalmem,
  type as osType,
} from "node:os";
import type { Environment } from "../../core/records.ts";
import { latestCalibration, machineFingerprint } from "../calibrate/calibration.ts";

export function describeEnvironment(plimsoll: string, node: string): Environment {
  return {
    os: `${osType()} ${release()}`,
    arch: arch(),
    cpu: cpus()[0]?.model.trim() ?? "unknown",
    cores: availableParallelism(),
    memoryBytes: totalmem(),
    hostname: hostname(),
    node,
    plimsoll,
  };
}

/** With what `plimsoll doctor` last found of this machine, if it was asked. */
export function withCalibration(environment: Environment, cacheDir: string): Environment {
  const calibration = latestCalibration(cacheDir, machineFingerprint(environment));
  return calibration === undefined ? environment : { ...environment, calibration };
}
