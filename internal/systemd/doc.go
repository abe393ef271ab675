// Package systemd takes sockets from the service manager that started this process
// and reports to it what becomes of the process: socket activation and the
// notifications of sd_notify(3). Without such a manager it does nothing.
package systemd
