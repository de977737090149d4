/**
 * `report.html`: one file that works offline and for ever. Sections are rows of a table, each a
 * pure function of the run that returns nothing when the run has nothing for it.
 */
import { chartsIn, type Section } from "../page/blocks.ts";
import { contentSecurityPolicy, inlineJson } from "../page/content-security.ts";
import { glossarySection } from "../page/glossary.ts";
import type { ReportAssets, ReportInput } from "../page/report-input.ts";
import { fillFrame, templateFile } from "../page/templates.ts";
import { comparisonSection } from "../compare/section-comparison.ts";
import { failuresSection } from "./section-failures.ts";
import { histogramsSection, latencySection, percentilesSection } from "./section-latency.ts";
import { machineSection } from "./section-machine.ts";
import { metricsSection } from "./section-metrics.ts";
import { overloadSection } from "./section-overload.ts";
import { repeatsSection } from "./section-repeats.ts";
import { requestsSection } from "./section-requests.ts";
import { runSection } from "./section-run.ts";
import { testedSection } from "./section-tested.ts";
import { trafficSection } from "./section-traffic.ts";
import { trustSection } from "./section-trust.ts";
import { keyNumbers, limitsSection } from "./section-verdict.ts";
import {
  reasonDetails,
  reasonSentence,
  validitySentence,
  validityTones,
  verdictWords,
} from "../text/verdict-words.ts";

/** In reading order: the answer, the numbers, what they are of, then the evidence. */
const sections: readonly ((input: ReportInput) => Section | undefined)[] = [
  comparisonSection,
  repeatsSection,
  limitsSection,
  overloadSection,
  metricsSection,
  testedSection,
  trafficSection,
  latencySection,
  percentilesSection,
  histogramsSection,
  failuresSection,
  requestsSection,
  machineSection,
  trustSection,
  runSection,
  () => glossarySection(),
];

/**
 * @throws when a template is missing or reads a value that the view does not have: a bug
 */
export function renderHtml(input: ReportInput, assets: ReportAssets): string {
  const shown = sections.map((section) => section(input)).filter((one) => one !== undefined);
  const charts = shown.flatMap(({ blocks }) => chartsIn(blocks)).map(({ spec }) => spec);
  const css = templateFile(assets, "report.css");
  const chartsJs = templateFile(assets, "charts.js");
  const tablesJs = templateFile(assets, "tables.js");
  return fillFrame(assets, "report.hbs", {
    policy: contentSecurityPolicy([assets.uplotJs, chartsJs, tablesJs], [assets.uplotCss, css]),
    uplotCss: assets.uplotCss,
    css,
    uplotJs: assets.uplotJs,
    chartsJs,
    tablesJs,
    data: inlineJson({ charts }),
    ...masthead(input),
    tiles: keyNumbers(input.summary),
    sections: shown,
  });
}

function masthead({ summary }: ReportInput): object {
  const { run, verdict } = summary;
  return {
    verdict: verdictWords[verdict.status],
    reason: reasonSentence(summary),
    details: reasonDetails(summary).join("\n"),
    validity: { text: validitySentence(summary), tone: validityTones[summary.validity.status] },
    name: run.name,
    run: run.id,
    startedAt: run.startedAt,
    started: run.startedAt.replace("T", " ").replace(/(:\d\d)\.\d+Z$|Z$/, "$1 UTC"),
    plimsoll: run.plimsoll,
  };
}
