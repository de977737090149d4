#!/usr/bin/env node
/** The program's entry: hands the process to the program, and its exit code back. */
import { program } from "./program.ts";
import { processWorld } from "./world.ts";

process.exitCode = await program(process.argv.slice(2), processWorld());

/** A socket that a server holds open, or a handle of a library, keeps nobody waiting; ms. */
const LINGER = 2000;
setTimeout(() => process.exit(), LINGER).unref();
