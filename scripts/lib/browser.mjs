// A Chromium for the browser suite: the machine's own, or Debian's package where we may install it.
import { existsSync } from "node:fs";
import { Failure } from "./failure.mjs";
import { step } from "./log.mjs";
import { run } from "./process.mjs";
import { ask, which } from "./tools.mjs";

const NAMES = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];
const ON_MAC = [
  "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
  "/Applications/Chromium.app/Contents/MacOS/Chromium",
];

/** @returns {Promise<string>} The path of the program. */
export async function findBrowser() {
  const named = process.env.CHROME_PATH;
  if (named) {
    if (existsSync(named)) return named;
    throw new Failure(`CHROME_PATH names ${named}, which does not exist.`);
  }
  const found = installed() ?? (await install());
  if (found) return found;
  throw new Failure(
    "The browser suite needs Chromium or Chrome: install one, or name it in CHROME_PATH, or go without: npm run check",
  );
}

const installed = () => NAMES.map(which).find(Boolean) ?? ON_MAC.find((path) => existsSync(path));

async function install() {
  const sudo = process.getuid?.() === 0 ? [] : ["sudo", "--non-interactive"];
  const allowed = sudo.length === 0 || ask("sudo", ["--non-interactive", "true"]) !== undefined;
  if (!which("apt-get") || !allowed) return;
  await step("Installing Chromium", async (detail) => {
    for (const args of [["update"], ["install", "-y", "--no-install-recommends", "chromium"]]) {
      detail(`apt-get ${args[0]}`);
      const quiet = ["env", "DEBIAN_FRONTEND=noninteractive"];
      const [command = "", ...rest] = [...sudo, ...quiet, "apt-get", ...args];
      const { code, output } = await run(command, rest);
      if (code !== 0) throw new Failure(`${output}\nChromium could not be installed (see above).`);
    }
  });
  return installed();
}
