/* Socket addresses as text, compared, and as a key. */
#include "core/link/link.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>

#include "core/base/hash.h"

struct link_address_text link_address_text(const struct sockaddr *address, socklen_t size)
{
	struct link_address_text out;
	char host[INET6_ADDRSTRLEN] = "?";

	(void)size;
	if (address->sa_family == AF_INET) {
		const struct sockaddr_in *in = (const struct sockaddr_in *)(const void *)address;

		inet_ntop(AF_INET, &in->sin_addr, host, sizeof(host));
		snprintf(out.text, sizeof(out.text), "%s:%u", host, ntohs(in->sin_port));
	} else if (address->sa_family == AF_INET6) {
		const struct sockaddr_in6 *in6 = (const struct sockaddr_in6 *)(const void *)address;

		inet_ntop(AF_INET6, &in6->sin6_addr, host, sizeof(host));
		snprintf(out.text, sizeof(out.text), "[%s]:%u", host, ntohs(in6->sin6_port));
	} else {
		snprintf(out.text, sizeof(out.text), "an address of family %d", address->sa_family);
	}
	return out;
}

bool link_address_equal(const struct sockaddr *a, const struct sockaddr *b)
{
	if (a->sa_family != b->sa_family)
		return false;
	if (a->sa_family == AF_INET) {
		const struct sockaddr_in *left = (const struct sockaddr_in *)(const void *)a;
		const struct sockaddr_in *right = (const struct sockaddr_in *)(const void *)b;

		return left->sin_port == right->sin_port && left->sin_addr.s_addr == right->sin_addr.s_addr;
	}
	if (a->sa_family == AF_INET6) {
		const struct sockaddr_in6 *left = (const struct sockaddr_in6 *)(const void *)a;
		const struct sockaddr_in6 *right = (const struct sockaddr_in6 *)(const void *)b;

		return left->sin6_port == right->sin6_port && memcmp(&left->sin6_addr, &right->sin6_addr, sizeof(left->sin6_addr)) == 0;
	}
	return false;
}

uint64_t link_address_key(const struct sockaddr *address)
{
	if (address->sa_family == AF_INET)
		return digest_bytes(4, bytes_of(&((const struct sockaddr_in *)(const void *)address)->sin_addr, sizeof(struct in_addr)));
	if (address->sa_family == AF_INET6)
		return digest_bytes(6, bytes_of(&((const struct sockaddr_in6 *)(const void *)address)->sin6_addr, sizeof(struct in6_addr)));
	return 0;
}
