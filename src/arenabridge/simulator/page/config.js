// What the server told this page about itself, on its body element.

const told = document.body.dataset;

export const config = Object.freeze({
  prefix: told.prefix,
  shape: told.shape,
  retry: told.retry,
  signUp: told.signUp,
  historyAction: told.historyAction,
  uploadAction: told.uploadAction,
  signedUrlAction: told.signedUrlAction,
  deployment: told.deployment,
  maxUploadBytes: Number(told.maxUploadBytes),
  layout: told.layout,
  hydrationSeconds: Number(told.hydrationSeconds),
  maxPromptCharacters: Number(told.maxPromptCharacters),
  page: told.page,
  pageKey: told.pageKey,
  demands: told.demands.split(",").filter(Boolean),
  pageEvents: told.pageEvents === "true",
  modalForm: told.modalForm,
  visibleCheckSeconds: Number(told.visibleCheckSeconds),
  checkResends: told.checkResends === "true",
});
