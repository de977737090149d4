/** What a run directory may keep of a plan: everything but the secrets among its parameters. */
import type { Plan } from "../../scenario/plan.ts";

const HIDDEN = "***";

/** Names under which people pass secrets as parameters. */
const SECRET_NAME = /key|token|secret|passw|credential|auth/i;

export function isSecretName(name: string): boolean {
  return SECRET_NAME.test(name);
}

/** The plan with its secret parameters hidden; its hash is taken before. */
export function concealPlan(plan: Plan): Plan {
  const parameters = Object.entries(plan.parameters).map(([name, value]) => [
    name,
    isSecretName(name) ? HIDDEN : value,
  ]);
  return { ...plan, parameters: Object.fromEntries(parameters) as Plan["parameters"] };
}
