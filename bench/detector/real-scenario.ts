// Many short answers, one after the other by two users: enough requests for a median in 6 seconds.
import { chat, prompts, type Scenario } from "plimsoll";

export const options: Scenario["options"] = {
  scenarios: {
    main: { executor: "constant-vus", vus: 2, duration: "6s" },
  },
};

const question = prompts.synthetic({ promptTokens: 96, outputTokens: 8 });

const ask: Scenario["default"] = async ({ llm, iteration }) => {
  await llm(chat({ ...question(iteration), temperature: 0 }));
};

export default ask;
