// Shared with the field page.
export * from "../../../shared/lights";
