import type { Messages } from '..';
import inbox from './inbox';
import number from './number';
import overview from './overview';
import settings from './settings';
import shell from './shell';
import workspace from './workspace';

const messages: Messages = { ...shell, ...workspace, ...overview, ...number, ...inbox, ...settings };
export default messages;
