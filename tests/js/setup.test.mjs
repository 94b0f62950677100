import assert from "node:assert/strict";
import { test } from "node:test";
import { hostOf } from "../../widgets/setup/setup.js";

const page = (config) => ({ getElementById: () => (config ? { textContent: JSON.stringify(config) } : null) });

test("a host is called by its name, as far as its page tells", () => {
  assert.deepEqual(hostOf(page({ appName: "JupyterLab", appVersion: "4.6" })), { name: "JupyterLab", version: "4.6" });
  assert.deepEqual(hostOf(page({ appUrl: "voila/", appVersion: "0.5.13" })), { name: "Voilà", version: "0.5.13" });
  assert.deepEqual(hostOf(page({ appVersion: "2.0" })), { name: "Jupyter", version: "2.0" });
  assert.deepEqual(hostOf(page(null)), { name: "this page", version: "" });
});
