// Brings the served page to life: until then its buttons do nothing, and what is typed is lost.

import { signUpIfNeeded } from "./calls.js";
import { ChatPage } from "./chat.js";
import { ClassicLayout } from "./classic.js";
import { config } from "./config.js";
import { demands } from "./demands.js";
import { showDemands } from "./person.js";
import { StudioLayout } from "./studio.js";

const LAYOUTS = { classic: ClassicLayout, studio: StudioLayout };

if (document.querySelector("#chat")) {
  if (config.hydrationSeconds) await new Promise((wake) => setTimeout(wake, config.hydrationSeconds * 1000));
  await signUpIfNeeded();
  new ChatPage(LAYOUTS[config.layout]).start();
  showDemands();
  if (config.pageEvents) demands.follow();
  document.documentElement.dataset.hydrated = "";
}
