/** Energy and cost in one line: for the terminal, a pull request and the report's tables. */
import { significant } from "../../core/units.ts";
import { told, type Cost, type TotalEnergy, type Usage } from "../../judge/machine/usage.ts";
import { counted, percent, quantity } from "./quantity.ts";

/** US dollars with three significant digits: `$0.0173`. */
export function dollars(value: number): string {
  return `$${significant(value, 3)}`;
}

/** `12,000 J (400 W, ± 5 %) on 1 GPU; 10.0 J a token, 40.0 J a request`; undefined without energy. */
export function energyLine({ energy }: Usage): string | undefined {
  const known = told(energy);
  if (known === undefined) return undefined;
  const { joules, watts, error, net } = known;
  const per = perWork(known);
  const parts = [
    `${quantity(joules, "J")} (${quantity(watts, "W")}, ± ${percent(error)}) of ${devices(known)}`,
    ...(per === "" ? [] : [per]),
    ...(net?.perOutputToken === undefined
      ? []
      : [`${quantity(net.perOutputToken, "J")} a token net of idle`]),
  ];
  return parts.join("; ");
}

function perWork({ perOutputToken, perRequest }: TotalEnergy): string {
  return [
    perOutputToken === undefined ? "" : `${quantity(perOutputToken, "J")} an output token`,
    perRequest === undefined ? "" : `${quantity(perRequest, "J")} a request`,
  ]
    .filter((part) => part !== "")
    .join(", ");
}

export function devices({ scope, devices: count, selection }: TotalEnergy): string {
  if (scope === "cpu") return "the CPU packages";
  const all = selection === "all" && count > 1 ? "all " : "";
  return `${all}${counted(count, "GPU")}`;
}

/** `$0.333 for GPUs, $0.0173 for energy`; undefined without a price that could be applied. */
export function costLine({ cost }: Usage): string | undefined {
  if (cost === undefined) return undefined;
  const parts = costParts(cost);
  return parts.length === 0 ? undefined : `${parts.join(", ")} a million output tokens`;
}

function costParts({ rental, energy }: Cost): readonly string[] {
  const [rented, powered] = [told(rental), told(energy)];
  return [
    ...(rented === undefined ? [] : [`${dollars(rented)} of GPU rental`]),
    ...(powered === undefined ? [] : [`${dollars(powered)} of energy`]),
  ];
}
