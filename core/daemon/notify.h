/* What is said to the service manager: one datagram to the socket that $NOTIFY_SOCKET names (sd_notify(3)'s protocol, without its library).
 * Nobody listens: nothing happens. */
#ifndef AISLE_DAEMON_NOTIFY_H
#define AISLE_DAEMON_NOTIFY_H

void notify_service_manager(const char *assignments); /* lines NAME=VALUE */

#endif
