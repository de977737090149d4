/** Validity gates of our own lateness, and of what causes it: on a busy machine they are not what a test is about. */
export const OWN_GATES = [
  ...["event_loop_utilization", "event_loop_delay", "dispatch_lag", "achieved_rate"],
  ...["gc_share", "cpu_throttled_share", "dropped_iterations", "standstill"],
  ...["foreign_cpu", "host_steal"],
] as const;
