import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { App } from "./app.tsx";

const box = document.querySelector("#app");
if (box === null) throw new Error('admin.html has no "#app".');

createRoot(box).render(
  <StrictMode>
    <App />
  </StrictMode>,
);
