import { FrontendExposure } from '../lib';

/** Who can reach a door, by the word of the flags. */
export const EXPOSURE = {
  cluster: FrontendExposure.CLUSTER,
  internal: FrontendExposure.INTERNAL,
  public: FrontendExposure.PUBLIC,
};
