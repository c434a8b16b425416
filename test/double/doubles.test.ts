// One file, so that scenarios that mostly wait for time-outs wait side by side.
import './cluster.scenarios';
import './loss.scenarios';
import './stopping.scenarios';
