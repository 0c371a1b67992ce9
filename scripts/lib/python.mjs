// A Python with the packages of tests/http/requirements.txt, in .tools: made once, and again when the list changes.
import { existsSync, readFileSync, rmSync } from "node:fs";
import { Failure } from "./failure.mjs";
import { withLock } from "./lock.mjs";
import { step } from "./log.mjs";
import { at } from "./paths.mjs";
import { run } from "./process.mjs";
import { hashOf, matches, write } from "./stamp.mjs";
import { which } from "./tools.mjs";

const REQUIREMENTS = "tests/http/requirements.txt";
const FOLDER = ".tools/python";
const STAMP = ".tools/python.stamp";

const wanted = () => hashOf([REQUIREMENTS]);
const ready = () => matches(STAMP, wanted()) && existsSync(at(FOLDER, "bin/schemathesis"));

export async function setUpPython() {
  if (ready()) return;
  if (!which("python3")) {
    throw new Failure(
      "`python3` is missing, with which the HTTP API is tested. Install Python 3.11 or newer: https://www.python.org",
    );
  }
  await withLock(".tools/python.lock", async () => {
    if (ready()) return;
    const count = readFileSync(at(REQUIREMENTS), "utf8").match(/==/g)?.length;
    await step(`Installing ${count} Python packages into ${FOLDER} (once)`, async () => {
      rmSync(at(FOLDER), { recursive: true, force: true });
      const made = await run("python3", ["-m", "venv", at(FOLDER)]);
      if (made.code !== 0) {
        throw new Failure(
          `${made.output}\nPython cannot make a virtual environment (see above). On Debian or Ubuntu: apt-get install python3-venv`,
        );
      }
      const installed = await run(at(FOLDER, "bin/python"), [
        ...["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-deps"],
        ...["-r", at(REQUIREMENTS)],
      ]);
      if (installed.code !== 0) {
        throw new Failure(
          `${installed.output}\nThe Python packages cannot be installed (see above). They need Python 3.11 or newer.`,
        );
      }
    });
    write(STAMP, wanted());
  });
}
