/** Every form in which a server says that it failed, each with the one kind it is reported as. */
import { describe, expect, it } from "vitest";
import { findAdapter } from "../../src/protocol/api/apis.ts";
import { stream, token } from "../support/answers/error-words.ts";
import { llamaErrors, otherErrors } from "../support/answers/native-errors.ts";
import { openaiErrors } from "../support/answers/openai-errors.ts";
import { play } from "../support/played-answer.ts";

describe("a server that says it failed", () => {
  const forms = [...llamaErrors, ...openaiErrors, ...otherErrors];
  it.each(forms.map((form) => [`${form.api}: ${form.what}`, form] as const))(
    "is believed: %s",
    async (_title, { api, answer, failure, says }) => {
      const request = {
        api: "auto",
        messages: [{ role: "user", content: "x" }],
        documents: ["a"],
        input: api === "embeddings" ? ["a", "b"] : [1],
      } as const;
      const { facts, reply } = await play(findAdapter(api)!, answer, request);
      expect(facts.outcome).toMatchObject({ ok: false, failure });
      expect(reply.message).toContain(says ?? "");
    },
  );

  it("keeps the content that had come before the error", async () => {
    const answer = stream(token, { error: { message: "boom" } });
    const { facts, reply } = await play(findAdapter("chat")!, answer);
    expect(reply.text).toBe("a");
    expect(facts.firstContent).toBeDefined();
  });
});
