/** Both ways to ask an S3 store; what holds for one holds for the other. */
export const s3Clients = ['lean', 'sdk'] as const;

export type S3ClientName = (typeof s3Clients)[number];
