import inbox from './inbox';
import number from './number';
import overview from './overview';
import settings from './settings';
import shell from './shell';
import workspace from './workspace';

export default { ...shell, ...workspace, ...overview, ...number, ...inbox, ...settings };
