/** The gate on requests that never left this machine, for lack of files, ports or memory. */

/** What this gate looks at. */
export interface OwnFailures {
  readonly ended: number;
  readonly censored: number;
  readonly ownFailures: { readonly count: number; readonly example: string };
}

type Finding =
  | { readonly value: number; readonly enough: true; readonly detail?: string }
  | { readonly missing: string };

export const ownFailureGate = {
  id: "client_resources",
  title: "requests that this client could not send",
  unit: "requests",
  bad: "above",
  limits: { invalid: 0 },
  reason: "this machine ran out of something: the load was not that of the plan",
  advice: "raise the limit that the message names, or use fewer users or a larger client machine",
  read: unsent,
} as const;

function unsent({ ended, censored, ownFailures: { count, example } }: OwnFailures): Finding {
  if (ended + censored + count === 0)
    return { missing: "no request was sent in the measured phases" };
  return { value: count, enough: true, ...(count > 0 && { detail: `${count}; ${example}` }) };
}
