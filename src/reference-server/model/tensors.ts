/**
 * The tensors of a synthetic model, and the three rules that make random weights write well-formed
 * text of exactly the length asked for.
 *
 * Channel 0 of the residual stream is set apart. Of the tokens that must never be generated (byte,
 * control and end tokens), the embedding has -1 there; of all others, 0.
 *
 * 1. The rows that write channel 0 (row 0 of every `attn_output` and `ffn_down`) are zero, so it
 *    keeps the value of the input token's embedding, -1 or 0, through all layers.
 * 2. The last layer has a bias, `ffn_down.bias`, of B = 40√d in channel 0 (d: the width) and 0
 *    elsewhere. So at the end h0 = B or B - 1: positive, whatever the prompt was.
 * 3. The final norm weighs channel 0 with 1000/√d. With r the r.m.s. of the other channels (about
 *    7·√layers, so up to 40 here), the normalized h0 is √d · 40/√(40² + r²), and so the logit of
 *    every forbidden token is lower by 1000 · 40/√(40² + r²) than it were from the other channels
 *    alone: by about 700 in the deepest model, and by 100 even if r were 400. The other channels'
 *    logits have a standard deviation of about 5r/√(40² + r²) < 5.
 *
 * So at any usable temperature, exp((-700 + 2·30) / T) is 0 in 32 bits: no forbidden token is
 * sampled, nor is one among the best 40. That holds with the output matrix tied to the embedding;
 * and as no end token is ever chosen, a request for N tokens yields N.
 *
 * Channels 1 to 31 are 0 in both matrices: they share a quantization block with channel 0, whose
 * value would crush theirs.
 *
 * Varied text needs two things more. What the layers add is large against the embedding; if not, a
 * tied model would repeat its last token for ever, since that token's embedding resembles itself
 * most. And the first layer's attention is no larger than the embedding, so that what its
 * feed-forward part makes of them depends on the last token as much as on all that came before.
 */
import type { ModelShape } from "./preset.ts";

export type Tensor = WeightTensor | VectorTensor;

/** A matrix of random weights in the model's weight format. */
export interface WeightTensor {
  readonly kind: "weights";
  readonly name: string;
  /** Elements of a row: what it is multiplied with. */
  readonly columns: number;
  readonly rows: number;
  readonly deviation: number;
  /** `silent-channel`: row 0 is zero. `vocabulary`: each row starts with its token's mark. */
  readonly rule: "none" | "silent-channel" | "vocabulary";
}

/** A vector of 32-bit floats: one value first, another in all other places. */
export interface VectorTensor {
  readonly kind: "vector";
  readonly name: string;
  readonly length: number;
  readonly first: number;
  readonly others: number;
}

/** Embedding in the marked channel of tokens that are never generated, negated. */
export const FORBIDDEN_MARK = 1;
const EMBEDDING_DEVIATION = 0.2;
/** What a feed-forward part adds to the residual stream, and, less, an attention part. */
const FEED_FORWARD_GAIN = 10;
const ATTENTION_GAIN = 5;
/** B/√d above. */
const BIAS = 40;
const LOGIT_SCALE = 5;
const FORBIDDEN_LOGIT = 1000;
/** Queries and keys of this size make attention choose: scores vary by about its square. */
const QUERY_KEY_DEVIATION = 1.5;

/** All tensors in file order. */
export function modelTensors(shape: ModelShape): readonly Tensor[] {
  const width = shape.embedding;
  const root = Math.sqrt(width);
  const layers = Array.from({ length: shape.layers }, (_, layer) => layerTensors(shape, layer));
  return [
    vocabularyMatrix("token_embd.weight", shape),
    ...layers.flat(),
    vector(`blk.${shape.layers - 1}.ffn_down.bias`, width, 0, BIAS * root),
    vector(
      "output_norm.weight",
      width,
      LOGIT_SCALE / (EMBEDDING_DEVIATION * root),
      FORBIDDEN_LOGIT / root,
    ),
    ...(shape.tied ? [] : [vocabularyMatrix("output.weight", shape)]),
  ];
}

function layerTensors(shape: ModelShape, layer: number): readonly Tensor[] {
  const { embedding, feedForward } = shape;
  const kvWidth = (embedding / shape.heads) * shape.kvHeads;
  const name = (part: string): string => `blk.${layer}.${part}`;
  // A deviation of 1/√columns keeps the size of what is multiplied.
  const matrix = (part: string, rows: number, columns = embedding, gain = 1): WeightTensor => ({
    kind: "weights",
    name: name(`${part}.weight`),
    columns,
    rows,
    deviation: gain / Math.sqrt(columns),
    rule: part === "attn_output" || part === "ffn_down" ? "silent-channel" : "none",
  });
  return [
    vector(name("attn_norm.weight"), embedding, 1),
    matrix("attn_q", embedding, embedding, QUERY_KEY_DEVIATION),
    matrix("attn_k", kvWidth, embedding, QUERY_KEY_DEVIATION),
    matrix("attn_v", kvWidth),
    ...(shape.qkvBias
      ? [
          vector(name("attn_q.bias"), embedding, 0),
          vector(name("attn_k.bias"), kvWidth, 0),
          vector(name("attn_v.bias"), kvWidth, 0),
        ]
      : []),
    matrix("attn_output", embedding, embedding, layer === 0 ? EMBEDDING_DEVIATION : ATTENTION_GAIN),
    vector(name("ffn_norm.weight"), embedding, 1),
    matrix("ffn_gate", feedForward),
    matrix("ffn_up", feedForward),
    matrix("ffn_down", embedding, feedForward, FEED_FORWARD_GAIN),
  ];
}

function vocabularyMatrix(name: string, shape: ModelShape): WeightTensor {
  return {
    kind: "weights",
    name,
    columns: shape.embedding,
    rows: shape.vocabulary,
    deviation: EMBEDDING_DEVIATION,
    rule: "vocabulary",
  };
}

function vector(name: string, length: number, others: number, first = others): VectorTensor {
  return { kind: "vector", name, length, first, others };
}
