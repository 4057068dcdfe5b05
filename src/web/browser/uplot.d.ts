/** `uplot.js` is served from the package: see `web/assets.ts`. */
import uPlot from 'uplot';

export default uPlot;
