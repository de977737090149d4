/** What nights like these will be able to tell, on the terminal: said before the night, not after. */
import { formatMillis } from "../../core/units.ts";
import {
  ENOUGH,
  isEnough,
  type FigureForecast,
  type Forecast,
  type SessionShape,
} from "../../judge/compare/power/forecast.ts";
import { familyWord, sizeText } from "./comparison-words.ts";
import { aligned, plainText } from "../text/plain-text.ts";
import { counted } from "../text/quantity.ts";

/**
 * @param scenario its name, for the command that would find more
 * @returns lines
 */
export function forecastLines(told: Forecast, scenario: string): readonly string[] {
  const { shape, requests, figures, families, better } = told;
  const short = families.filter((one) => !isEnough(one));
  return [
    `What ${counted(shape.repeats, "run")} of ${counted(requests, "request")} can tell against it`,
    ...aligned(figures.map((one) => [one.rule.id, findsText(one)])).map(
      (line, i) => `  ${line}  ${figures[i] === undefined ? "" : passText(figures[i])}`,
    ),
    ...short.map(({ family, best }) => `  ! ${shortfall(family, best)}`),
    ...(better === undefined ? [] : betterLines(better, plainText(scenario))),
    ...(short.length > 0 && better === undefined ? [`  → ${UNREACHABLE}`] : []),
  ];
}

const UNREACHABLE =
  "no night of up to 20 runs, each up to 16 times as long, would change that: a quieter machine would, or plimsoll ab";

function findsText({ rule, finds }: FigureForecast): string {
  return finds === undefined ? "nothing: its noise is not known" : `from +${sizeText(finds, rule)}`;
}

function passText({ rule, canPass, tooFew }: FigureForecast): string {
  if (rule.fixed === true) return "can fail only: the schedule fixes it";
  if (canPass) return "can pass and fail";
  return tooFew === undefined ? "can fail only: too noisy to pass" : `can fail only: ${tooFew}`;
}

function shortfall(family: string, best: FigureForecast | undefined): string {
  const word = familyWord(family);
  if (best?.finds === undefined) return `nothing can be told about ${word}`;
  if (!best.canPass)
    return `${word} can never pass: a night without a change will end "cannot tell"`;
  return `of ${word} only changes from +${sizeText(best.finds, best.rule)} are found`;
}

function betterLines(
  { shape, figures }: NonNullable<Forecast["better"]>,
  scenario: string,
): readonly string[] {
  const told = figures
    .filter(({ canPass, rule }) => canPass && rule.fixed !== true)
    .map((one) => `${one.rule.id} ${findsText(one)}`);
  return [
    `  → ${counted(shape.repeats, "run")} of ${formatMillis(shape.length)} would find ${ENOUGH * 100} % everywhere: ${told.join(", ")}`,
    `    ${commandOf(shape, scenario)}`,
  ];
}

function commandOf({ repeats, length }: SessionShape, scenario: string): string {
  return `plimsoll run ${scenario} --repeat ${repeats} --duration ${Math.round(length / 1000)}s`;
}
