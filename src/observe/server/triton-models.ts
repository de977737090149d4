/** Which of Triton's models have to do with the one that is asked: the parts of an ensemble. */
import type { AskedModel } from "./model-samples.ts";
import { parsed } from "./pages.ts";
import type { Scrape } from "./scrape.ts";
import type { TritonModels } from "./triton-statistics.ts";

/** As requests name it: `model`, or `model/versions/2`. */
export function tritonAsked(model: string): AskedModel {
  const [name = model, version] = model.split("/versions/");
  return { name, ...(version !== undefined && { version }) };
}

/** Asks for the configuration of the model and of its parts, once; what is refused is not known. */
export async function tritonModels(
  baseUrl: string,
  model: string | undefined,
  scrape: Scrape,
): Promise<TritonModels> {
  if (model === undefined) return { model, parts: [], batching: undefined };
  const configuration = async (name: string): Promise<Configuration> => {
    const url = `${baseUrl}/v2/models/${encodeURIComponent(name)}/config`;
    const answer = await scrape(url).catch(() => undefined);
    const json = answer?.status === 200 ? parsed(answer.text) : undefined;
    return typeof json === "object" && json !== null ? json : {};
  };
  const steps = (await configuration(model)).ensemble_scheduling?.step ?? [];
  const parts = [...new Set(steps.map(({ model_name }) => model_name))];
  if (parts.length === 0) return { model, parts, batching: model };
  const dynamic = await Promise.all(
    parts.map(async (part) => (await configuration(part)).dynamic_batching !== undefined),
  );
  const batching = parts.filter((_, at) => dynamic[at]);
  return { model, parts, batching: batching.length === 1 ? batching[0] : undefined };
}

/** As Triton writes it. */
interface Configuration {
  readonly ensemble_scheduling?: { readonly step?: readonly { readonly model_name: string }[] };
  readonly dynamic_batching?: object;
}
