import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { expect, test } from "vitest";
import { listeningProcess } from "../../../src/observe/host/listening-process.ts";
import { procTree, type ProcTree } from "../../support/proc-tree.ts";

const HEAD = "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt\n";

function line(local: string, state: string, inode: number): string {
  return `   0: ${local} 00000000:0000 ${state} 00000000:00000000 00:00000000 00000000     0        0 ${inode} 1 0 100 0 0 10 0\n`;
}

function machine(): ProcTree {
  const tree = procTree();
  const established = line("0100007F:1F90", "01", 70);
  tree.write("proc/net/tcp", HEAD + established + line("0100007F:1F91", "0A", 71));
  tree.write("proc/net/tcp6", HEAD + line("00000000000000000000000000000000:1F90", "0A", 72));
  tree.write("proc/40/comm", "llama-server\n");
  tree.link("proc/40/fd/3", "/dev/null");
  tree.link("proc/40/fd/4", "socket:[72]");
  tree.write("proc/41/comm", "docker-proxy\n");
  tree.link("proc/41/fd/3", "socket:[71]");
  return tree;
}

test("the owner of a listening socket is found, over IPv4 and IPv6", () => {
  expect(listeningProcess(machine().root, 8080)).toEqual({ pid: 40 });
});

test("a process that only forwards is not taken for the server", () => {
  expect(listeningProcess(machine().root, 8081)).toEqual({
    reason: "port 8081 is held by docker-proxy (process 41), which only forwards",
  });
});

test.each([
  [8082, (_tree: ProcTree): void => undefined, "no process of this machine listens on port 8082"],
  [
    8080,
    (tree: ProcTree): void => {
      tree.remove("proc/40/fd");
    },
    "the process that listens on port 8080 belongs to somebody else",
  ],
  [
    8080,
    (tree: ProcTree): void => {
      tree.write("proc/net/tcp6", "\u0000garbage");
    },
    "no process of this machine listens on port 8080",
  ],
])("port %i: says why there is none", (port, spoil, reason) => {
  const tree = machine();
  spoil(tree);
  expect(listeningProcess(tree.root, port)).toEqual({ reason });
});

test("this very process is found by its port", async () => {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  expect(listeningProcess("/", port)).toEqual({ pid: process.pid });
  server.close();
});
