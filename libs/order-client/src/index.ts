/** A typed client of the order API. */
export {};
