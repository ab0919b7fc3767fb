// Starts the documentation viewer on our own OpenAPI description.
window.onload = () => {
  window.ui = SwaggerUIBundle({
    url: "/openapi.json",
    dom_id: "#swagger-ui",
    deepLinking: true,
    // Closed groups: all of them are seen at a glance, and what is opened is drawn whole.
    docExpansion: "none",
    filter: true,
    validatorUrl: null,
  });
};
