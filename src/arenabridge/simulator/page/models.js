// Which of the page's models the person can choose: those that say who made them and that do what is wanted.

import { modelsOfPage } from "./flight.js";

const OUTPUTS = { chat: "text", image: "image", search: "search", webdev: "web", video: "video" };
const MODELS = modelsOfPage();

/** In page order. */
export function offeredFor(modality) {
  return MODELS.filter((each) => each.organization && each.capabilities.outputCapabilities[OUTPUTS[modality]]);
}

/** Also of a model that is not on offer: it may have answered before. */
export function nameOfModel(id) {
  return MODELS.find((each) => each.id === id)?.publicName;
}

/** Which files it takes: `{takes, several, needs}`; nothing is known of a model that the site chooses. */
export function filesOfModel(id) {
  const image = MODELS.find((each) => each.id === id)?.capabilities.inputCapabilities.image;
  if (id === undefined || image === true) return { takes: true, several: true, needs: false };
  return { takes: Boolean(image), several: Boolean(image?.multipleImages), needs: Boolean(image?.requiresUpload) };
}

/** Those that contain all the words typed, in their name or their maker's. */
export function matching(models, typed) {
  const words = typed.toLowerCase().split(/\s+/).filter(Boolean);
  return models.filter((each) => {
    const text = `${each.publicName} ${each.organization}`.toLowerCase();
    return words.every((word) => text.includes(word));
  });
}
