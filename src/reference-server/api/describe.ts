/** `/props`, `/v1/models` and `/slots`. */

import type { Engine } from "../engine/engine.ts";
import type { Job } from "../engine/job.ts";
import type { Slot } from "../engine/slot.ts";
import { defaultSettings, settingsJson } from "./generation-settings.ts";
import type { Json } from "./timings.ts";

export function propsJson({ facts, loop, chatTemplate, vocabulary }: Engine): Json {
  return {
    default_generation_settings: {
      params: settingsJson(defaultSettings, true),
      n_ctx: facts.contextSize,
    },
    total_slots: loop.slots.length,
    model_alias: facts.name,
    model_ftype: facts.fileType,
    model_path: facts.path,
    modalities: { vision: false, video: false, audio: false },
    endpoint_slots: true,
    endpoint_props: false,
    endpoint_metrics: true,
    ui: false,
    ui_settings: {},
    chat_template: chatTemplate.source,
    bos_token: vocabulary.bosText,
    eos_token: vocabulary.eosText,
    build_info: facts.build,
    is_sleeping: false,
  };
}

/** @param created Unix time, s */
export function modelsJson({ facts }: Engine, created: number): Json {
  return {
    models: [
      {
        name: facts.name,
        model: facts.name,
        modified_at: "",
        size: "",
        digest: "",
        type: "model",
        description: "",
        tags: [""],
        capabilities: ["completion"],
        parameters: "",
        details: {
          parent_model: "",
          format: "gguf",
          family: "",
          families: [""],
          parameter_size: "",
          quantization_level: "",
        },
      },
    ],
    object: "list",
    data: [
      {
        id: facts.name,
        aliases: [facts.name],
        tags: [],
        object: "model",
        created,
        owned_by: "plimsoll",
        meta: {
          n_vocab: facts.vocabularySize,
          n_ctx: facts.contextSize,
          n_ctx_train: facts.trainContext,
          n_embd: facts.embedding,
          n_params: facts.parameters,
          size: facts.size,
          ftype: facts.fileType,
        },
      },
    ],
  };
}

export function slotsJson({ loop }: Engine): Json[] {
  return loop.slots.map(slotJson);
}

function slotJson(slot: Slot): Json {
  const { id, contextSize, active, job } = slot;
  const is_processing = active !== undefined;
  const state = { id, n_ctx: contextSize, speculative: false, is_processing };
  return job === undefined ? state : { ...state, ...workJson(slot, job) };
}

/** What the slot does, or what it did last. */
function workJson({ active, context }: Slot, job: Job): Json {
  const { maxTokens } = job.settings;
  const { processed, cached, hasNewLine, generated } = active ?? idle;
  return {
    id_task: job.id,
    n_prompt_tokens: context.length,
    n_prompt_tokens_processed: processed,
    n_prompt_tokens_cache: cached,
    params: settingsJson(job.settings, true),
    next_token: [
      {
        has_next_token: active !== undefined,
        has_new_line: hasNewLine,
        n_remain: active !== undefined && maxTokens >= 0 ? maxTokens - generated : -1,
        n_decoded: generated,
      },
    ],
  };
}

const idle = { processed: 0, cached: 0, hasNewLine: false, generated: 0 };
