// Many short answers, one after the other: enough requests for a median in 6 seconds. Several users
// fall into step with each other, and a harm that brings them out of step may make medians better.
import { chat, prompts, type Scenario } from "plimsoll";

export const options: Scenario["options"] = ({ env }) => ({
  scenarios: {
    main: { executor: "constant-vus", vus: Number(env["USERS"]), duration: "6s" },
  },
});

const question = prompts.synthetic({ promptTokens: 96, outputTokens: 8 });

const ask: Scenario["default"] = async ({ llm, iteration }) => {
  await llm(chat({ ...question(iteration), temperature: 0 }));
};

export default ask;
