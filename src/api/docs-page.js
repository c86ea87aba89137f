/* Starts the page of the API. It is sent as it stands here. */
/* global SwaggerUIBundle */

SwaggerUIBundle({
  url: "/v1/openapi.json",
  dom_id: "#api",
  deepLinking: true,
  docExpansion: "list",
  filter: true,
  persistAuthorization: false,
  validatorUrl: null,
  queryConfigEnabled: false,
});
