import autocannon from "autocannon";

/** How many plain requests one thread here gets answered, without streams and records. */
export interface HttpCeiling {
  readonly url: string;
  readonly connections: number;
  readonly requestsPerSecond: number;
  /** Whole ms. */
  readonly p50: number;
  readonly p99: number;
  readonly errors: number;
}

const CONNECTIONS = 50;

/**
 * A closed loop of autocannon on one cheap endpoint. It is given no rate: with one it would send
 * bursts and correct for omission by a wrong formula (a fixed interval of 1 ms); without, the
 * correction is off.
 *
 * @param seconds whole
 */
export async function httpCeiling(url: string, seconds: number): Promise<HttpCeiling> {
  const result = await autocannon({ url, connections: CONNECTIONS, duration: seconds });
  const { requests, latency, duration, errors, non2xx } = result;
  return {
    url,
    connections: CONNECTIONS,
    requestsPerSecond: Math.round((requests.total - non2xx) / duration),
    p50: latency.p50,
    p99: latency.p99,
    errors: errors + non2xx,
  };
}
