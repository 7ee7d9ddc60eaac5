/** A link of the server as it can be shared: one without a host (no public address is set) is completed with this page's. */
export const fullLink = (link: string) => new URL(link, location.origin).href;
