/** Which rows of a page that counts for each model are those of the model that is asked. */
import type { PageSample } from "./prometheus-text.ts";

export interface AskedModel {
  readonly name: string;
  /** Absent: whichever the server takes. */
  readonly version?: string;
}

/**
 * Undefined when it cannot be told: several models, and none is said to be asked. The parts of an
 * ensemble count the same request once more, so the sum of all would be no count of requests.
 */
export function samplesOfModel(
  samples: readonly PageSample[],
  asked: AskedModel | undefined,
): readonly PageSample[] | undefined {
  if (asked === undefined) {
    const models = new Set(samples.map(({ labels }) => labels["model"]));
    return models.size > 1 ? undefined : samples;
  }
  const { name, version } = asked;
  return samples.filter(
    ({ labels }) =>
      labels["model"] === name && (version === undefined || labels["version"] === version),
  );
}
