/* Starts the page of the API. It is sent as it stands here. */
/* global SwaggerUIBundle */

/** Searches the paths and words of operations, where the library searches the names of resources alone. */
const search = () => ({
  fn: {
    opsFilter(resources, phrase) {
      const wanted = phrase.toLowerCase();
      return resources
        .map((resource) =>
          resource.set(
            "operations",
            resource.get("operations").filter((operation) => {
              const words = [
                operation.get("method"),
                operation.get("path"),
                ...["operationId", "summary", "description"].map((name) => operation.getIn(["operation", name])),
                ...(operation.getIn(["operation", "tags"]) ?? []),
              ];
              return words.join(" ").toLowerCase().includes(wanted);
            }),
          ),
        )
        .filter((resource) => resource.get("operations").size > 0);
    },
  },
});

SwaggerUIBundle({
  url: "/v1/openapi.json",
  dom_id: "#api",
  deepLinking: true,
  docExpansion: "list",
  filter: true,
  persistAuthorization: false,
  validatorUrl: null,
  queryConfigEnabled: false,
  plugins: [search],
});
